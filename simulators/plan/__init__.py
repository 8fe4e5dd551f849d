"""What is going to happen in a simulated fleet: routine, faults and their labels. Pure."""
