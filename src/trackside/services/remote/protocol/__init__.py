"""What both ends of a connection say to each other: messages, what is asked and answered, and how numbers are sent."""
