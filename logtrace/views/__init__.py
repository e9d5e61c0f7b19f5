"""Values → what people see: rich renderables and plain values. Nothing in here prints."""
