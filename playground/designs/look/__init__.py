"""What templates show of a design: form fields, the inspector, previews, words."""
