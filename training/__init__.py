"""How everything we trained was trained; ``python -m training`` lists the recipes."""
