"""What speaks for a parent: what is known of who calls whom, what spans share and say of one another."""
