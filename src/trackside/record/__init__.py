"""One run being recorded, inside the training process. It knows the journal and the model, and nothing that reads."""
