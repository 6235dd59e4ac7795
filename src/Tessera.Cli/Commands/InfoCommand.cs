using System.CommandLine;
using System.Globalization;
using Tessera.Cli.Loading;
using Tessera.Cli.Output;
using Tessera.Generation;
using Tessera.Models;
using Tessera.Models.Architectures;
using Tessera.Tensors;

namespace Tessera.Cli.Commands;

/// <summary><c>tessera info</c>: what a model is and what it needs.</summary>
internal sealed class InfoCommand
{
    private const string Summary = "Shows what a model is and what it needs.";

    private const string Details = """
        Architecture, sizes, formats of the weights, tokenizer, chat template, memory: weights as stored, their copies in the kernels'
        layout (made when they are first used), keys and values of a sequence.

        Examples:
          tessera info -m model.gguf
          tessera info -m model.gguf --tensors
          tessera info -m model-directory --json
        """;

    private readonly CommandConsole _console;
    private readonly ModelArguments _model = new();
    private readonly Option<bool> _tensors = new("--tensors") { Description = "Lists every tensor: name as the architecture calls it, shape [out, in], format, bytes." };

    private InfoCommand(CommandConsole console) => _console = console;

    /// <summary>The command for a console.</summary>
    public static Command Create(CommandConsole console)
    {
        var info = new InfoCommand(console);
        var command = new TaughtCommand("info", Summary, Details) { info._tensors };
        info._model.AddTo(command, computes: false);
        command.SetAction(info.Invoke);
        return command;
    }

    private int Invoke(ParseResult result)
    {
        using var package = _model.Load(result, _console);
        if (_model.Json(result)) WriteJson(package, result.GetValue(_tensors));
        else WriteTables(package, result.GetValue(_tensors));
        return ExitCode.Success;
    }

    private void WriteTables(ModelPackage package, bool tensors)
    {
        var table = new ResultTable("property", "value");
        foreach (var (name, value) in Facts(package)) table.Add(name, VisibleText.ForTerminal(value is string text ? text : Convert.ToString(value, CultureInfo.InvariantCulture)!));
        table.WriteTo(_console);

        var formats = new ResultTable("format", "#tensors", "#weights", "#bytes");
        foreach (var group in package.Model.Parameters.Values.GroupBy(p => p.Tensor.Format).OrderByDescending(g => g.Sum(p => p.Tensor.ByteLength)))
            formats.Add(group.Key.ToString(), Text(group.Count()), Text(group.Sum(p => p.Tensor.Count)), Text(group.Sum(p => p.Tensor.ByteLength)));
        formats.WriteTo(_console);

        if (!tensors) return;
        var list = new ResultTable("tensor", "shape", "format", "#bytes");
        foreach (var (name, parameter) in package.Model.Parameters)
            list.Add(VisibleText.ForTerminal(name), Shape(parameter.Tensor), parameter.Tensor.Format.ToString(), Text(parameter.Tensor.ByteLength));
        list.WriteTo(_console);
    }

    private void WriteJson(ModelPackage package, bool tensors) => JsonLine.Write(_console.Output, json =>
    {
        foreach (var (name, value) in Facts(package))
        {
            var key = JsonName(name);
            switch (value)
            {
                case bool truth: json.WriteBoolean(key, truth); break;
                case int number: json.WriteNumber(key, number); break;
                case long number: json.WriteNumber(key, number); break;
                default: json.WriteString(key, (string)value); break;
            }
        }

        if (!tensors) return;
        json.WriteStartArray("tensors");
        foreach (var (name, parameter) in package.Model.Parameters)
        {
            json.WriteStartObject();
            json.WriteString("name", name);
            json.WriteStartArray("shape");
            foreach (var size in parameter.Tensor.Shape.Span) json.WriteNumberValue(size);
            json.WriteEndArray();
            json.WriteString("format", parameter.Tensor.Format.ToString());
            json.WriteNumber("bytes", parameter.Tensor.ByteLength);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    // What there is to say, for people and programs alike: each value a text, a number or a truth value.
    private static IEnumerable<(string Name, object Value)> Facts(ModelPackage package)
    {
        var (config, kind) = package.Model switch
        {
            LanguageModel language => (language.Stack.Config, "decoder"),
            EncoderModel encoder => (encoder.Stack.Config, "encoder"),
            EncoderDecoderModel both => (both.Decoder.Config, "encoder-decoder"),
            _ => throw new UnsupportedFeatureException(package.Model.Source, "this kind of model"),
        };
        yield return ("source", package.Model.Source);
        yield return ("architecture", config.ModelType);
        yield return ("kind", kind);
        yield return ("weights", package.Model.WeightCount);
        yield return ("layers", config.Layers);
        yield return ("width", config.Width);
        if (config.Kind == LayerKind.Transformer)
        {
            yield return ("heads", config.Heads);
            yield return ("key value heads", config.KvHeads);
            yield return ("head size", config.HeadSize);
            yield return ("feed forward width", config.FeedForwardWidth);
        }

        yield return ("vocabulary", config.VocabularySize);
        if (config.MaxPositions != int.MaxValue) yield return ("context", config.MaxPositions);
        foreach (var fact in TextFacts(package)) yield return fact;

        var memory = MemoryEstimate.Of(config, package.Model.WeightBytes);
        yield return ("weight bytes", memory.Weights);
        yield return ("packed bytes", memory.Packed);
        yield return ("state bytes per token", memory.StatePerToken);
        if (config.MaxPositions != int.MaxValue) yield return ("state bytes of a full context", memory.FullState);
    }

    private static IEnumerable<(string Name, object Value)> TextFacts(ModelPackage package)
    {
        yield return ("has tokenizer", package.HasText);
        if (!package.HasText) yield break;
        yield return ("tokenizer vocabulary", package.Text.Tokenizer.VocabularySize);
        yield return ("has chat template", package.Text.ChatTemplates is not null);
        foreach (var (name, token) in package.Text.SpecialTokens) yield return (name, token);
        yield return ("stop ids", string.Join(", ", package.Defaults.StopIds));
    }

    private static string JsonName(string name)
    {
        if (name.Contains('_', StringComparison.Ordinal)) return name; // the tokenizer's own names
        var words = name.Split(' ');
        return words[0] + string.Concat(words.Skip(1).Select(w => char.ToUpperInvariant(w[0]) + w[1..]));
    }

    private static string Shape(Tensor tensor) => $"[{string.Join(", ", tensor.Shape.ToArray())}]";

    private static string Text(long number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
