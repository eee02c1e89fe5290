"""What is laid into the kernel's own interpreter."""
