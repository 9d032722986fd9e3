"""What is kept: the tables, the content-addressed artefacts, the uploads under way."""
