"""The collaboration tables. Survival curves are scipy's, not a second Kaplan-Meier by one hand."""
