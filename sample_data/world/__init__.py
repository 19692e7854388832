"""Where people live: counties, institutions, sectors, initiatives, consortia and demand."""
