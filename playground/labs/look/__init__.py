"""What the pages of labs show, in the words and shapes of templates."""
