"""Records of one shape: where their values stand, and what all of them say, concept by concept."""
