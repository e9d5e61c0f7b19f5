"""What is learnt of who calls whom: from known parents, and from the times of many traces."""
