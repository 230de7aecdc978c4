"""How good answers to requests are: cases with known answers, controls in the assistant's place, metrics."""
