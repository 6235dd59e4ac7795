using Tessera.Models.Files;
using Tessera.Models.Modules;
using Tessera.Models.Passes;
using Tessera.Models.State;
using Tessera.Tensors.Autodiff;

namespace Tessera.Models;

/// <summary>
/// A loaded model: immutable and shared by any number of sessions. Which kind it is decides what it can do:
/// <see cref="LanguageModel"/> continues text, <see cref="EncoderModel"/> turns text into vectors.
/// </summary>
public abstract class Model : IDisposable
{
    private readonly IDisposable? _files;

    private protected Model(string source, IDisposable? files)
    {
        Source = source;
        _files = files;
    }

    /// <summary>The file or directory that it came from.</summary>
    public string Source { get; }

    /// <summary>Loads a model: a .gguf or .safetensors file, or a directory with weights and config.json.</summary>
    /// <param name="path">The file or directory.</param>
    /// <param name="options">Bounds and use; the defaults if null.</param>
    /// <returns>A <see cref="LanguageModel"/> or an <see cref="EncoderModel"/>.</returns>
    /// <exception cref="MalformedInputException">A file breaks the rules of its format, or tensors do not fit the configuration.</exception>
    /// <exception cref="UnsupportedFeatureException">The architecture, or something that it asks for, is not supported.</exception>
    /// <exception cref="ResourceLimitException">The model needs more memory than is allowed.</exception>
    public static Model Load(string path, ModelLoadOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        options ??= new ModelLoadOptions();
        return ModelLoader.Load(WeightFiles.Open(path, options.Limits), options);
    }

    /// <summary>Loads a model from open files, which it then owns; they are closed if this fails.</summary>
    /// <inheritdoc cref="Load(string, ModelLoadOptions?)"/>
    /// <param name="files">The files.</param>
    /// <param name="options">Bounds and use; the defaults if null.</param>
    public static Model Load(WeightFiles files, ModelLoadOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(files);
        return ModelLoader.Load(files, options ?? new ModelLoadOptions());
    }

    /// <summary>Every weight, each once, under its canonical name.</summary>
    public abstract IReadOnlyDictionary<string, Parameter> Parameters { get; }

    /// <summary>Bytes of the weights as stored.</summary>
    public long WeightBytes => Parameters.Values.Sum(p => p.Tensor.ByteLength);

    /// <summary>The number of weights.</summary>
    public long WeightCount => Parameters.Values.Sum(p => p.Tensor.Count);

    /// <summary>Closes the model's files. Sessions over it must have ended.</summary>
    public void Dispose()
    {
        _files?.Dispose();
        GC.SuppressFinalize(this);
    }

    // The door of one stack: runs the rows, then lets their sequences grow by them; on failure the sequences stay as they were.
    private protected static Value Run(Stack stack, Pass pass, RowBatch rows, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(pass);
        ArgumentNullException.ThrowIfNull(rows);
        Check(stack, rows);
        pass.CheckHooks(stack);
        pass.Begin(rows, cancellation);
        pass.Schedules?.Mark();
        try
        {
            var hidden = stack.Run(pass);
            pass.Schedules?.Commit();
            foreach (var part in rows.Sequences)
            {
                part.Sequence.Note(pass);
                part.Sequence.Advance(rows.Ids.Slice(part.First, part.Count), rows.Positions[part.First + part.Count - 1]);
            }

            return hidden;
        }
        catch
        {
            foreach (var part in rows.Sequences) part.Sequence.Abandon();
            throw;
        }
    }

    // The logits' rows: where a schedule has thinned them out, those that rows of the batch have become.
    private protected static Value Chosen(Pass pass, Value hidden, ReadOnlySpan<int> rows)
    {
        ArgumentNullException.ThrowIfNull(pass);
        return pass.Select(hidden, pass.Schedules is { } schedules ? schedules.FinalRows(rows) : rows);
    }

    private static void Check(Stack stack, RowBatch rows)
    {
        if (rows.Count == 0) throw new ArgumentException("A pass needs at least one row.", nameof(rows));
        foreach (var part in rows.Sequences)
        {
            if (part.Sequence.Stack != stack) throw new ArgumentException("A sequence belongs to another model.", nameof(rows));
            if (part.FirstToken != part.Sequence.Length) throw new ArgumentException("A sequence has changed since its rows were added.", nameof(rows));
            var positions = part.Sequence.Renumbers ? int.MaxValue : stack.Config.MaxPositions;
            foreach (var position in rows.Positions.Slice(part.First, part.Count))
            {
                if ((uint)position >= (uint)positions)
                    throw new ArgumentOutOfRangeException(nameof(rows), position, $"Position {position} is outside the model's {positions} positions.");
            }
        }
    }
}
