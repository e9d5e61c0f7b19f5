"""Where logs may be parted: what stands on several lines and is one thing stays together."""
