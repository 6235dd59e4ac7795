namespace Tessera.Tensors.Autodiff;

/// <summary>
/// What a tape knows of an operation: how to carry the gradient of its output back to its inputs and weights. Stateless; one instance
/// per operation. Everything else that a backward needs stands in the record.
/// </summary>
public abstract class Operation
{
    /// <summary>
    /// Adds to the gradients of the record's inputs and of its trained weights. Called once, after the output's gradient is complete.
    /// </summary>
    /// <param name="tape">Gives the gradients (<see cref="Tape.Gradient"/>).</param>
    /// <param name="record">What the forward recorded.</param>
    public abstract void Backward(Tape tape, in TapeRecord record);
}
