using Tessera.Golden;

// Environment.Exit rather than a plain return: a case that never ended has left its thread behind.
Console.OutputEncoding = System.Text.Encoding.UTF8;
var status = GoldenCommand.Run(args, Console.Out, Console.Error);
Console.Out.Flush();
Environment.Exit(status);
