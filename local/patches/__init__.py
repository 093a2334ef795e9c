"""What is replaced inside moto and botocore; each patch says why, and none knows this project."""
