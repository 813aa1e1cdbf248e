"""People. Everybody is a guest with a signed cookie; a row exists from the first thing that they save."""
