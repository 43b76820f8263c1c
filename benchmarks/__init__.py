"""How fast Outreach is, always as a ratio to the plain thing or to what else one would use, in the same run."""
