"""One reversible step for each change of the schema. A step never imports the models."""
