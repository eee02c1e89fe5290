process.stdout.write('nightlog\n');
