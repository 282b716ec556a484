"""What is counted week by week: channels, audience, views, and what stands beside them."""
