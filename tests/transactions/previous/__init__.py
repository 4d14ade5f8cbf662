"""What the previous release left behind, one dump for each engine, and the script that makes them."""
