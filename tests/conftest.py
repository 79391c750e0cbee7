from hypothesis import settings

# How long an example takes says something about the machine, not about the code; benchmarks measure speed.
settings.register_profile("house", deadline=None)
settings.load_profile("house")
