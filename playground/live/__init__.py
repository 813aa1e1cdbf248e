"""Live sessions: a class joins by code, its instructor sees every canvas, paces it and breaks all systems at once."""
