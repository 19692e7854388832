"""Whether a synthetic state is believable: measured against its targets, with pictures."""
