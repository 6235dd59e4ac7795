using System.Reflection;

Console.WriteLine($"tessera {Assembly.GetExecutingAssembly().GetName().Version}");
