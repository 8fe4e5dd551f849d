"""What people do about rejected messages: have them sent again, let them go."""
