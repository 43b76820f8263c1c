"""What runs by itself: the list of periodic jobs, the sending loop and the scheduler that drives them."""
