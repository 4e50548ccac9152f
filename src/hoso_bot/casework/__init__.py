"""What several handlers need of one matter: a step's cards, a draft, a question, a reminder, a case."""
