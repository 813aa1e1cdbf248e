"""What the pages of experiments show, in the words and shapes of templates."""
