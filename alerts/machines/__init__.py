"""Rules followed over readings: the pure machine, and where its state is kept between batches."""
