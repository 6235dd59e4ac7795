using System.CommandLine;
using System.Globalization;
using Tessera.Cli.Output;
using Tessera.Models.Files;
using Tessera.Tensors;
using Tessera.Tensors.Formats;

namespace Tessera.Cli.Commands;

/// <summary><c>tessera quantize</c>: a GGUF file in another format.</summary>
internal sealed class QuantizeCommand
{
    // Names as people write them.
    private static readonly Dictionary<string, TensorFormat> s_types = new(StringComparer.OrdinalIgnoreCase)
    {
        ["q8_0"] = TensorFormat.Q8_0, ["q4_0"] = TensorFormat.Q4_0, ["q4_1"] = TensorFormat.Q4_1, ["q5_0"] = TensorFormat.Q5_0, ["q5_1"] = TensorFormat.Q5_1,
        ["q4_k"] = TensorFormat.Q4_K, ["q5_k"] = TensorFormat.Q5_K, ["q6_k"] = TensorFormat.Q6_K,
        ["f16"] = TensorFormat.F16, ["bf16"] = TensorFormat.BF16, ["f32"] = TensorFormat.F32,
    };

    private const string Summary = "Writes a GGUF file in another format.";

    private const string Details = """
        Matrices are written in the format asked for, vectors in 32 bits. Says which tensors get another format than the one asked for: those whose rows are no whole number of blocks, and the matrix of
        the logits, which gets at least six bits (not with --pure).

        Quantising what is quantised already loses more than quantising the original.

        Examples:
          tessera quantize model-f16.gguf model-q8_0.gguf --type q8_0
          tessera quantize model-f16.gguf model-q4_k.gguf --type q4_k
        """;

    private readonly CommandConsole _console;
    private readonly Argument<string> _in = new("IN") { Description = "The GGUF file to read." };
    private readonly Argument<string> _out = new("OUT") { Description = "The GGUF file to write; replaced when the new one is complete." };
    private readonly Option<string> _type = new("--type") { Description = "The format of matrices.", HelpName = string.Join('|', s_types.Keys), Required = true };
    private readonly Option<bool> _pure = new("--pure") { Description = "The matrix of the logits too, however coarse the format." };
    private readonly Option<bool> _json = new("--json") { Description = "Writes the result as JSON: a line for each tensor, and {\"done\":{…}}." };

    private QuantizeCommand(CommandConsole console) => _console = console;

    /// <summary>The command for a console.</summary>
    public static Command Create(CommandConsole console)
    {
        var quantize = new QuantizeCommand(console);
        var command = new TaughtCommand("quantize", Summary, Details) { quantize._in, quantize._out, quantize._type, quantize._pure, quantize._json };
        command.SetAction(quantize.InvokeAsync);
        return command;
    }

    private async Task<int> InvokeAsync(ParseResult result, CancellationToken cancellation)
    {
        var (input, output) = (result.GetRequiredValue(_in), result.GetRequiredValue(_out));
        if (!s_types.TryGetValue(result.GetRequiredValue(_type), out var type))
            throw new UsageException($"There is no type '{result.GetRequiredValue(_type)}'; there are {string.Join(", ", s_types.Keys)}.");
        if (Path.GetFullPath(input) == Path.GetFullPath(output)) throw new UsageException("IN and OUT are the same file; name another one for the result.");
        using var file = GgufFile.Open(input);
        var quantiser = new GgufQuantiser(file, type, result.GetValue(_pure));
        var again = quantiser.Tensors.Count(t => t.Target != t.Source && BlockFormat.Of(t.Source).BlockLength > 1);
        if (again > 0) _console.Note($"{again} tensors are quantised already and lose by it a second time; better take the original.");
        await Task.Run(
            () => _console.WithProgress("writing", quantiser.Tensors.Count, report => quantiser.Save(output, progress: done => report(done), cancellation: cancellation)),
            cancellation).ConfigureAwait(false);
        if (result.GetValue(_json)) WriteJson(quantiser, file.WeightBytes);
        else WriteText(quantiser, file.WeightBytes);
        return ExitCode.Success;
    }

    private void WriteText(GgufQuantiser quantiser, long before)
    {
        var others = quantiser.Tensors.Where(t => t.Reason is not null).ToList();
        if (others.Count > 0)
        {
            var table = new ResultTable("tensor", "written as", "because");
            foreach (var tensor in others) table.Add(VisibleText.ForTerminal(tensor.Name), tensor.Target.ToString(), tensor.Reason!);
            table.WriteTo(_console);
        }

        var counts = string.Join(", ", quantiser.Tensors.GroupBy(t => t.Target).Select(g => FormattableString.Invariant($"{g.Count()} {g.Key}")));
        _console.Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{VisibleText.Size(before)} became {VisibleText.Size(quantiser.WeightBytes)} ({counts})"));
    }

    private void WriteJson(GgufQuantiser quantiser, long before)
    {
        foreach (var tensor in quantiser.Tensors)
        {
            JsonLine.Write(_console.Output, json =>
            {
                json.WriteStartObject("tensor");
                json.WriteString("name", tensor.Name);
                json.WriteString("source", tensor.Source.ToString());
                json.WriteString("target", tensor.Target.ToString());
                json.WriteString("reason", tensor.Reason);
                json.WriteEndObject();
            });
        }

        JsonLine.Write(_console.Output, json =>
        {
            json.WriteStartObject("done");
            json.WriteNumber("bytesBefore", before);
            json.WriteNumber("bytesAfter", quantiser.WeightBytes);
            json.WriteEndObject();
        });
    }
}
