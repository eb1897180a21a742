"""Code that several builders share."""
