"""The portal's side: what its works start from, and its large works, each as the portal itself does it."""
