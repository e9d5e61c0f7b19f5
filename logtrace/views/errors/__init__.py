"""Errors by kind and of one request, with what people noted about them."""
