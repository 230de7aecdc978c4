"""What every derived day was made from: the one thing that decides whether it is built again."""
