"""What things look like: themes as far as a terminal has their colours and signs."""
