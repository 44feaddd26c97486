"""What can stand before the capture stage: a device, a video file, pictures; each behind one small contract."""
