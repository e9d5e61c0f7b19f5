"""Rows of the table `span`: made of fragments or straight from columns, and read back."""
