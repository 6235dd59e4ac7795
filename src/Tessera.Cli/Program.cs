using System.Runtime.InteropServices;
using Tessera.Cli;
using Tessera.Cli.Output;

using var cancellation = new CancellationTokenSource();

// The first signal ends the command in an orderly way; a second one ends the process, should that take too long.
void Cancel(PosixSignalContext signal)
{
    signal.Cancel = !cancellation.IsCancellationRequested;
    cancellation.Cancel();
}

using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Cancel);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Cancel);
using var console = CommandConsole.OfProcess();
return await TesseraCommand.InvokeAsync(args, console, cancellation.Token);
