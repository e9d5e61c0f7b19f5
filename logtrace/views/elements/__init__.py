"""What all views are made of: text made safe, names, signs, colours, columns."""
