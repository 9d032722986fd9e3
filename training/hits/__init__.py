"""The tables that rank hits: logistic regressions, no net."""
