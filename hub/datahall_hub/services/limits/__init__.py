"""The limits service: looks after memory and disk where the machine itself does not, and tells people what they use."""
