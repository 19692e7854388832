"""The groups of the command line: arguments and printing. Above all floors."""
