"""What is kept: workspace folder, raw bytes, archive, registers, ledger, published folders.

What the data mean is not known here.
"""
