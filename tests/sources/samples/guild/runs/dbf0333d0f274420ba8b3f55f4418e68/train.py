lr = 0.1
layers = 2
fail = False
for step in range(5):
    print(f"step: {step}")
    print(f"loss: {1 / (step + 1) + lr}")
if fail:
    raise SystemExit(3)
