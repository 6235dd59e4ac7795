using Tessera.Fuzz;

return FuzzCommand.Run(args, Console.Out);
