"""Calibration: scenarios fitted to what campaigns did, with how sure one may be and what the data cannot say."""
